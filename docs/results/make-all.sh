# The tools are of version 0.2.0.
simulate -n 100000 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino \
    --ego-vel step-cos-sin --heading path --shards 100 --compress none --tfrecord trajectories_100000

tfrecord2npy --shuffle --shuffle-buffer 256 --repeat --skip 0 --limit 0 --seed 1 --skip-corrupt=false \
    trajectories_100000 |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 512 --nh-lstm 128 \
      --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

simulate -n 4000 --skip 0 --seed 1000001 --arena square --env-size 2.2 --steps 100 --motion banino \
    --ego-vel step-cos-sin --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  activations --layers bottleneck --dropout off --decode top3 --seed 1 --batch 50 \
      --checkpoint network-10000.safetensors |
  ratemaps --bins 32 --direction-bins 20 --env-size 2.2 --halves records --layers bottleneck \
      --position-field target_pos |
  gridscore --score paper,reference --paper-inner 0.125 --unvisited zero --grid-cut own --env-size 2.2 \
      --peak-nearest 1 --peak-farthest 0.8 --peak-least 0 --peak-apart 0 --scale-low 0.2 --scale-high 1.2 \
      --baseline rectify --border-strip 0.15 --border-cut 0.5 --head-direction-cut 0.47 --null field,gaussian,iaaft \
      --shuffles 100 --rotations 100 --field-smoothing 1 --field-threshold 0.2 --field-bins 2 --gaussian-padding 1 \
      --seed 1 -o make-all.npy
